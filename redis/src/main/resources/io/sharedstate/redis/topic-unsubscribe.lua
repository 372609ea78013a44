-- Counts one subscription less, if there is one: that of a topic that was removed isn't counted any more. Returns 1.
-- KEYS: the topic, who subscribes. ARGV: me.
if redis.call('HINCRBY', KEYS[2], ARGV[1], -1) <= 0 then
  redis.call('HDEL', KEYS[2], ARGV[1])
end
return 1
