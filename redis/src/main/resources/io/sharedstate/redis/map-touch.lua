-- Lets an entry live that long from now on. Returns 1; 0 if there is none.
-- KEYS: when entries expire, the entry. ARGV: the key, how many ms it lives, '' for ever.
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
if ARGV[2] == '' then
  redis.call('PERSIST', KEYS[2])
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  local time = redis.call('TIME')
  local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
  redis.call('ZADD', KEYS[1], at, ARGV[1])
  redis.call('PEXPIREAT', KEYS[2], at)
end
return 1
