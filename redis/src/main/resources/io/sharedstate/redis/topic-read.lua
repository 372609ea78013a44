-- Reads the message after the one that was read last, or the newest if that one is gone; counts those that were missed.
-- KEYS: the topic, its messages. ARGV: when the topic was created, the number that was read last.
-- Returns when it was created, and then the number and the message, if there is one. If that is another time, it begins with the first message.
-- Nil if there is no such topic.
local found = redis.call('HMGET', KEYS[1], 'created', 'published')
if not found[1] then
  return false
end
local last, published = tonumber(ARGV[2]), tonumber(found[2])
if found[1] ~= ARGV[1] then
  last = 0
end
if published <= last then
  return {found[1]}
end
local read = redis.call('XRANGE', KEYS[2], string.format('%.0f-0', last + 1), string.format('%.0f-0', last + 1))[1]
local number = last + 1
if not read then
  number = published
  read = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  redis.call('HINCRBY', KEYS[1], 'missed', number - last - 1)
end
return {found[1], string.format('%.0f', number), read[2][2]}
