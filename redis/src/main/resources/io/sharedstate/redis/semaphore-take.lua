-- Takes permits, if there are so many that nobody alive has.
-- KEYS: the semaphore, who has permits. ARGV: me, how many I want, how many there are, and who was found dead.
-- Returns '1' if they are taken; or '0' and who has permits. Nil if there is no such semaphore.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
for i = 4, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
end
local used = 0
for _, count in ipairs(redis.call('HVALS', KEYS[2])) do
  used = used + count
end
if used + ARGV[2] > tonumber(ARGV[3]) then
  return {'0', unpack(redis.call('HKEYS', KEYS[2]))}
end
redis.call('HINCRBY', KEYS[2], ARGV[1], ARGV[2])
return {'1'}
