-- Says that what a lock guards is whole again. Returns 1; 0 if it isn't mine any more.
-- KEYS: what has the lock. ARGV: me, my fencing token.
local found = redis.call('HMGET', KEYS[1], 'owner', 'token')
if found[1] ~= ARGV[1] or found[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'abandoned', '0')
return 1
