-- Offers all of these messages, or none. Returns 1 if they are in the queue, 0 if there is no room; -1 if one of them is too large, -2 if
-- all together are; nil if there is no such queue.
-- KEYS: the queue, its messages, who waits. ARGV: the channel, the messages.
local size = tonumber(redis.call('HGET', KEYS[1], 'size') or nil)
if not size then
  return false
end
local takes = 0
for i = 2, #ARGV do
  if #ARGV[i] > math.floor(size / 256) * 64 - 32 then
    return -1
  end
  takes = takes + math.ceil((#ARGV[i] + 32) / 64) * 64
end
if takes > size * 3 / 4 then
  return -2
end
if redis.call('HGET', KEYS[1], 'taken') + takes > size then
  return 0
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[2], 'all', '0', 'MKSTREAM')
end
for i = 2, #ARGV do
  redis.call('XADD', KEYS[2], '*', 'bytes', ARGV[i])
end
redis.call('HINCRBY', KEYS[1], 'taken', takes)
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[1], KEYS[1])
end
return 1
