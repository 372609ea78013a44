-- Sets how many permits I have. Returns 1.
-- KEYS: the semaphore, who has permits, who waits. ARGV: me, how many, the channel.
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return 1
