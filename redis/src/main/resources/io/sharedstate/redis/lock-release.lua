-- Gives a lock back. Returns 1; 0 if it isn't mine any more.
-- KEYS: what has the lock, who waits. ARGV: me, my fencing token or '' for any, the channel.
local found = redis.call('HMGET', KEYS[1], 'owner', 'token')
if found[1] ~= ARGV[1] or (ARGV[2] ~= '' and found[2] ~= ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'owner', '')
if redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return 1
