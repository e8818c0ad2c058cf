-- The password that begin.lua counted as wrong was right, or could not be checked.
-- KEYS: as for begin.lua. ARGV: 1 if it was right; seconds to know the network; 1 if the account's limit was charged; its
-- interval in microseconds.
if ARGV[1] == '1' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], '1', 'EX', ARGV[2])
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'failures', -1)
  redis.call('HSET', KEYS[1], 'ready', 0)
end
local tat = redis.call('GET', KEYS[3])
if ARGV[3] == '1' and tat then
  redis.call('SET', KEYS[3], string.format('%.0f', tat - ARGV[4]), 'KEEPTTL')
end
