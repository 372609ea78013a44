-- Receives messages: first those whose time to be retried has come, then those that were given back, then new ones.
-- KEYS: the queue, its messages, when those that wait are to be retried. ARGV: me, how many at most, '1' to look who else has some.
-- Returns when the queue was created; who else has messages in work, if that was asked for or there was nothing to receive; and of
-- each message its id, how often it was received, '1' if that was so before, and its bytes. Nil if there is no such queue.
local created = redis.call('HGET', KEYS[1], 'created')
if not created then
  return false
end
local received, wanted = {created, {}}, tonumber(ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then
  return received
end

local function again(id, attempts)
  local claimed = redis.call('XCLAIM', KEYS[2], 'all', ARGV[1], 0, id, 'RETRYCOUNT', attempts + 1)[1]
  if claimed then
    for _, each in ipairs({id, tostring(attempts + 1), '1', claimed[2][2]}) do
      received[#received + 1] = each
    end
    redis.call('HINCRBY', KEYS[1], 'redelivered', 1)
    wanted = wanted - 1
  end
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, wanted)) do
  redis.call('ZREM', KEYS[3], id)
  local pending = redis.call('XPENDING', KEYS[2], 'all', id, id, 1, 'later')[1]
  if pending then
    again(id, pending[4])
  end
end
if wanted > 0 then
  for _, pending in ipairs(redis.call('XPENDING', KEYS[2], 'all', '-', '+', wanted, 'free')) do
    again(pending[1], pending[4])
  end
end
if wanted > 0 then
  local new = redis.call('XREADGROUP', 'GROUP', 'all', ARGV[1], 'COUNT', wanted, 'STREAMS', KEYS[2], '>')
  for _, message in ipairs(new and new[1][2] or {}) do
    for _, each in ipairs({message[1], '1', '0', message[2][2]}) do
      received[#received + 1] = each
    end
  end
end
if ARGV[3] == '1' or #received == 2 then
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[2], 'all')) do
    -- Who looks also sees those that have none: they may be dead, and are forgotten then.
    if consumer[2]:find(':', 1, true) and consumer[2] ~= ARGV[1] and (ARGV[3] == '1' or consumer[4] > 0) then
      table.insert(received[2], consumer[2])
    end
  end
end
return received
