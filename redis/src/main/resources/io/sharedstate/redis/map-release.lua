-- Gives up computing an entry. Returns 1.
-- KEYS: the map, who computes which, who waits. ARGV: the key, my claim, the channel.
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[2], ARGV[1])
  if redis.call('EXISTS', KEYS[3]) == 1 then
    redis.call('PUBLISH', ARGV[3], KEYS[1])
  end
end
return 1
