-- Puts an entry or removes it, unless somebody computes it who wasn't found dead.
-- KEYS: the map, its index, when entries expire, who computes which, who waits, the entry. ARGV: the key; my claim if I compute it, or ''; a claim
-- whose owner was found dead, or ''; the channel; 'any', or 'absent', 'present' or 'same', if only then; the bytes that are the same then; how many ms
-- it lives, '' for ever; its bytes, or nothing to remove it.
-- Returns '1' if it is changed, '0' if it isn't that, and what was there before; or '2' and the claim on it; '3' if mine is lost. Nil if there is no
-- such map.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local key, mine, value = ARGV[1], ARGV[2], ARGV[8]
local claim = redis.call('HGET', KEYS[4], key) or ''
if claim ~= mine then
  if mine ~= '' then
    return {'3'}
  elseif claim ~= ARGV[3] then
    return {'2', claim}
  end
end
local before = redis.call('GET', KEYS[6])
local changed = '1'
if ARGV[5] == 'absent' and before or ARGV[5] == 'present' and not before or ARGV[5] == 'same' and before ~= ARGV[6] then
  changed = '0'
elseif value then
  local now, at
  -- What needs memory comes first: there may be none left.
  if ARGV[7] == '' then
    redis.call('SET', KEYS[6], value)
  else
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
    at = string.format('%.0f', now + ARGV[7])
    redis.call('SET', KEYS[6], value, 'PXAT', at)
  end
  if not before then
    redis.call('ZADD', KEYS[2], 0, key)
    if redis.call('ZREM', KEYS[3], key) == 1 then
      redis.call('HINCRBY', KEYS[1], 'expirations', 1)
    end
  elseif not at then
    redis.call('ZREM', KEYS[3], key)
  end
  if at then
    redis.call('ZADD', KEYS[3], at, key)
    -- For each that will expire, a few that have: so these don't pile up.
    local expired = redis.call('ZRANGE', KEYS[3], '-inf', string.format('(%.0f', now), 'BYSCORE', 'LIMIT', 0, 8)
    if #expired > 0 then
      redis.call('ZREM', KEYS[2], unpack(expired))
      redis.call('ZREM', KEYS[3], unpack(expired))
      redis.call('HINCRBY', KEYS[1], 'expirations', #expired)
    end
  end
else
  redis.call('DEL', KEYS[6])
  redis.call('ZREM', KEYS[2], key)
  if redis.call('ZREM', KEYS[3], key) == 1 and not before then
    redis.call('HINCRBY', KEYS[1], 'expirations', 1)
  end
end
if claim ~= '' then
  redis.call('HDEL', KEYS[4], key)
  if redis.call('EXISTS', KEYS[5]) == 1 then
    redis.call('PUBLISH', ARGV[4], KEYS[1])
  end
end
return {changed, before}
