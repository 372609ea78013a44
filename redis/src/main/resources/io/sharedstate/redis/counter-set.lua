-- Sets a counter, and returns the value before; nil if there is no such counter.
-- KEYS: the counter. ARGV: the value; nothing for the one that it was created with.
local found = redis.call('HMGET', KEYS[1], 'value', 'initial')
if not found[1] then
  return false
end
redis.call('HSET', KEYS[1], 'value', ARGV[1] or found[2])
return found[1]
