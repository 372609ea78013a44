-- Takes a lock that is free, or whose owner was found dead. Who has waited long reserves the next turn.
-- KEYS: what has the lock. ARGV: me, somebody who was found dead or '', '1' to reserve the next turn or '', my thread, the
-- microseconds that I have waited.
-- Returns '1', the fencing token, and '1' if it is abandoned, '1' if that is found only now; or '0' and whom to wait for. Nil if
-- there is no such thing.
local found = redis.call('HMGET', KEYS[1], 'owner', 'next', 'token', 'abandoned', 'acquisitions')
if not found[1] and redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local owner, next, abandoned = found[1] or '', found[2] or '', found[4] or '0'
local me, dead = ARGV[1], ARGV[2]
local now = '0'
if owner == dead and dead ~= '' then
  owner, abandoned, now = '', '1', '1'
end
if next == dead and dead ~= '' then
  -- Stays so also if the lock isn't taken now: its owner may be another one who is dead, and isn't said to be this time.
  redis.call('HSET', KEYS[1], 'next', '')
  next = ''
end
-- Mine already: the answer to an earlier call was lost on its way.
if (owner == '' or owner == me) and (next == '' or next == me) then
  -- No less than the server's time, so that a token is higher than those before also when the server has lost them.
  local time = redis.call('TIME')
  local token = time[1] .. string.sub('00000' .. time[2], -6)
  if tonumber(token) <= tonumber(found[3] or 0) then
    token = string.format('%.0f', found[3] + 1)
  end
  redis.call('HSET', KEYS[1], 'owner', me, 'token', token, 'thread', ARGV[4], 'acquisitions', (found[5] or 0) + 1)
  -- What seldom changes is written when it does: each command takes time.
  if (found[2] or '') ~= '' then
    redis.call('HSET', KEYS[1], 'next', '')
  end
  if ARGV[5] ~= '0' then
    redis.call('HINCRBY', KEYS[1], 'waited', ARGV[5])
  end
  if now == '1' then
    redis.call('HSET', KEYS[1], 'abandoned', '1')
    redis.call('HINCRBY', KEYS[1], 'abandonments', 1)
  end
  return {'1', token, abandoned, now}
end
if ARGV[3] == '1' and next == '' then
  redis.call('HSET', KEYS[1], 'next', me)
end
if owner == '' or owner == me then
  owner = next
end
return {'0', owner}
