-- Puts dead letters back into the queue, or removes them. Returns how many there were, at most a thousand.
-- KEYS: the queue, its messages, who waits. ARGV: '1' to put them back, the channel, and of a single one when the queue was created and its id.
local first, last = '-', '+'
if ARGV[3] then
  if redis.call('HGET', KEYS[1], 'created') ~= ARGV[3] then
    return 0
  end
  first, last = ARGV[4], ARGV[4]
end
if redis.call('EXISTS', KEYS[2]) == 0 then
  return 0
end
local letters = redis.call('XPENDING', KEYS[2], 'all', first, last, 1000, 'dead')
for _, pending in ipairs(letters) do
  if ARGV[1] == '1' then
    redis.call('XCLAIM', KEYS[2], 'all', 'free', 0, pending[1], 'RETRYCOUNT', 0, 'JUSTID')
  else
    local message = redis.call('XRANGE', KEYS[2], pending[1], pending[1])[1]
    redis.call('XACK', KEYS[2], 'all', pending[1])
    redis.call('XDEL', KEYS[2], pending[1])
    redis.call('HINCRBY', KEYS[1], 'taken', -math.ceil((#message[2][2] + 32) / 64) * 64)
  end
end
if #letters > 0 and redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('PUBLISH', ARGV[2], KEYS[1])
end
return #letters
