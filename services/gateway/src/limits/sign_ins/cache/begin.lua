-- A password is about to be checked. It is counted as wrong beforehand, so that many at once cannot pass together;
-- end.lua undoes that if it was right.
-- KEYS: wrong passwords from this network; the mark of a known network; tries for the account from unknown networks.
-- ARGV: seconds to keep wrong passwords; interval and window of the account's limit; then the delay after the first wrong
-- password, the second, …, the last one for all that follow. Times are microseconds.
-- Returns 0 if the password may be checked, 1 if this network's delay refuses, 2 if the account's limit does; the number of
-- wrong passwords; microseconds to wait before the next; 1 if the account's limit was charged.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'failures', 'ready')
local failures, ready = tonumber(state[1] or 0), tonumber(state[2] or 0)
if ready > now then return { 1, failures, math.ceil(ready - now), 0 } end
local charged = 0
if redis.call('EXISTS', KEYS[2]) == 0 then
  local interval, window = tonumber(ARGV[2]), tonumber(ARGV[3])
  local tat = math.max(tonumber(redis.call('GET', KEYS[3]) or 0), now) + interval
  if tat - window > now then return { 2, failures, math.ceil(tat - window - now), 0 } end
  redis.call('SET', KEYS[3], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
  charged = 1
end
failures = failures + 1
local delay = tonumber(ARGV[math.min(3 + failures, #ARGV)])
redis.call('HSET', KEYS[1], 'failures', failures, 'ready', string.format('%.0f', now + delay))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return { 0, failures, delay, charged }
