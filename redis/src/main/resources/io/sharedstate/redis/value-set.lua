-- Sets a value. Returns 1; 0 if somebody else has its lock, -1 if its version isn't the expected one, -2 if the new one is too
-- large; nil if there is no such value.
-- KEYS: the value. ARGV: me if I have its lock, else ''; the expected version or ''; the bytes, or nothing for none.
local found = redis.call('HMGET', KEYS[1], 'size', 'version', 'owner')
if not found[1] then
  return false
end
if (found[3] or '') ~= ARGV[1] then
  return 0
end
if ARGV[2] ~= '' and ARGV[2] ~= found[2] then
  return -1
end
if ARGV[3] and #ARGV[3] > tonumber(found[1]) then
  return -2
end
redis.call('HINCRBY', KEYS[1], 'version', 1)
if ARGV[3] then
  redis.call('HSET', KEYS[1], 'bytes', ARGV[3])
else
  redis.call('HDEL', KEYS[1], 'bytes')
end
return 1
