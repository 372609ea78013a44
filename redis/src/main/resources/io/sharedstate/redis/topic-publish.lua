-- Publishes a message, and forgets the oldest ones that there is no room for then. Returns its number; 0 if it is larger than an
-- eighth of the topic, less what each takes beside its bytes; nil if there is no such topic.
-- KEYS: the topic, its messages, who subscribes. ARGV: the message, the bytes that it takes, the channel.
local size = tonumber(redis.call('HGET', KEYS[1], 'size') or nil)
if not size then
  return false
end
if #ARGV[1] > math.floor(size / 128) * 16 - 16 then
  return 0
end
local number = redis.call('HINCRBY', KEYS[1], 'published', 1)
redis.call('XADD', KEYS[2], number .. '-0', 'bytes', ARGV[1], 'takes', ARGV[2])
local taken = redis.call('HINCRBY', KEYS[1], 'taken', ARGV[2])
while taken > size do
  local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', KEYS[2], oldest[1])
  taken = redis.call('HINCRBY', KEYS[1], 'taken', -oldest[2][4])
end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[3], KEYS[1])
end
return number
