-- Returns when the queue was created, and of each dead letter its id, how often it was received, and its bytes. Nil if there is no such queue.
-- KEYS: the queue, its messages. ARGV: how many at most.
local created = redis.call('HGET', KEYS[1], 'created')
if not created then
  return false
end
local letters = {created}
if redis.call('EXISTS', KEYS[2]) == 1 then
  for _, pending in ipairs(redis.call('XPENDING', KEYS[2], 'all', '-', '+', ARGV[1], 'dead')) do
    local message = redis.call('XRANGE', KEYS[2], pending[1], pending[1])[1]
    for _, each in ipairs({pending[1], tostring(pending[4]), message[2][2]}) do
      letters[#letters + 1] = each
    end
  end
end
return letters
