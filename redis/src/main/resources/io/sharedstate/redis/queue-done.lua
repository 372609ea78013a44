-- Says that a message is done. Returns 1; 0 if I don't have it any more. One of a queue that is gone is done.
-- KEYS: the queue, its messages, who waits. ARGV: when the queue was created, me, the id, how often it was received, the bytes that it takes, the
-- channel.
if redis.call('HGET', KEYS[1], 'created') ~= ARGV[1] then
  return 1
end
local pending = redis.call('XPENDING', KEYS[2], 'all', ARGV[3], ARGV[3], 1, ARGV[2])[1]
if not pending or pending[4] ~= tonumber(ARGV[4]) then
  return 0
end
redis.call('XACK', KEYS[2], 'all', ARGV[3])
redis.call('XDEL', KEYS[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'taken', -ARGV[5])
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[6], KEYS[1])
end
return 1
