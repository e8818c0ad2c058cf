-- GCRA over several limits at once: all must allow, and only then are all charged.
-- KEYS[i]: the limit's "theoretical arrival time" in microseconds. ARGV[2i-1]: interval, ARGV[2i]: window, microseconds.
-- Returns for each limit: remaining requests, microseconds until it is full again, microseconds to wait (0 if it allowed).
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('MGET', unpack(KEYS))
local allowed, after = 1, {}
for i = 1, #KEYS do
  local interval, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local tat = tonumber(stored[i] or now) or now
  if tat < now then tat = now end
  after[i] = tat + interval
  if after[i] - window > now then allowed = 0 end
end
local result = {}
for i = 1, #KEYS do
  local interval, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local tat = after[i]
  if allowed == 1 then
    redis.call('SET', KEYS[i], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1)
  else
    tat = tat - interval
  end
  result[#result + 1] = math.floor((window - (tat - now)) / interval + 0.000001)
  result[#result + 1] = math.ceil(tat - now)
  result[#result + 1] = math.max(0, math.ceil(after[i] - window - now))
end
return result
