-- Sets a counter if it is as expected. Returns 1 if it did, else 0; nil if there is no such counter.
-- KEYS: the counter. ARGV: the expected value, the new one.
local value = redis.call('HGET', KEYS[1], 'value')
if not value then
  return false
end
if value ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'value', ARGV[2])
return 1
