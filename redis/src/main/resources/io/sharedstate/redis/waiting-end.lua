-- Waits no more for a lock or for permits. Returns 1.
-- KEYS: what is waited for, who waits. ARGV: me, '1' to give a reserved turn up or '', the channel.
if redis.call('HINCRBY', KEYS[2], ARGV[1], -1) <= 0 then
  redis.call('HDEL', KEYS[2], ARGV[1])
end
if ARGV[2] == '1' and redis.call('HGET', KEYS[1], 'next') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'next', '')
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return 1
