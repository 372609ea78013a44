-- Waits no more for a lock or for permits. Returns 1.
-- KEYS: what is waited for, who waits. ARGV: me, '1' to give a reserved turn up or '', the channel.
-- The last one is deleted, not counted: that needs no memory, of which the server may have none left.
if tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0) <= 1 then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HINCRBY', KEYS[2], ARGV[1], -1)
end
if ARGV[2] == '1' and redis.call('HGET', KEYS[1], 'next') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'next', '')
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return 1
