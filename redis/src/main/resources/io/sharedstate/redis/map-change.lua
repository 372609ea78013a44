-- Puts an entry or removes it, unless somebody computes it who wasn't found dead.
-- KEYS: the map, its index, when entries expire, who computes which, the entry, who waits. ARGV: the key; my claim if I compute it, or ''; a claim
-- whose owner was found dead, or ''; the channel; '' or, if only then, 'NX' where nothing is, 'XX' where something is, 'SAME' where these bytes are;
-- these bytes; its bytes and how SET is to put them: 'GET', then 'PX' and how many ms it lives unless it does for ever, then 'NX' or 'XX'; or nothing to
-- remove it.
-- Returns '1' if it is changed, '0' if it isn't that, and what was there before; or '2' and the claim on it; '3' if mine is lost. Nil if there is no
-- such map.
local key, mine, when, value, entry = ARGV[1], ARGV[2], ARGV[5], ARGV[7], KEYS[5]
local claim = redis.call('HGET', KEYS[4], key) or ''
if claim ~= mine then
  if mine ~= '' then
    return {'3'}
  elseif claim ~= ARGV[3] then
    return {'2', claim}
  end
end
-- Each command takes time: the one that changes the entry tells what was there, and whether there is a map is asked only where nothing was. What needs
-- memory comes first: there may be none left.
local before
local changed = true
if when == 'SAME' then
  before = redis.call('GET', entry)
  changed = before == ARGV[6]
end
if changed then
  if value then
    before = redis.call('SET', entry, unpack(ARGV, 7))
    changed = not (when == 'NX' and before or when == 'XX' and not before)
  else
    before = redis.call('GETDEL', entry)
  end
end
if not before and redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', entry)
  return false
end
if changed then
  local expired
  if value and ARGV[9] == 'PX' then
    local at = redis.call('PEXPIRETIME', entry)
    expired = redis.call('ZADD', KEYS[3], at, key) == 0 and not before
    if not before then
      -- For each that comes and will expire, a few that have: so these don't pile up.
      local gone = redis.call('ZRANGE', KEYS[3], '-inf', '(' .. string.format('%.0f', at - ARGV[10]), 'BYSCORE', 'LIMIT', 0, 8)
      if #gone > 0 then
        redis.call('ZREM', KEYS[2], unpack(gone))
        redis.call('ZREM', KEYS[3], unpack(gone))
        redis.call('HINCRBY', KEYS[1], 'expirations', #gone)
      end
    end
  else
    expired = redis.call('ZREM', KEYS[3], key) == 1 and not before
  end
  if expired then
    redis.call('HINCRBY', KEYS[1], 'expirations', 1)
  end
  if not value then
    redis.call('ZREM', KEYS[2], key)
  elseif not before then
    redis.call('ZADD', KEYS[2], 0, key)
  end
end
if claim ~= '' then
  redis.call('HDEL', KEYS[4], key)
  if redis.call('EXISTS', KEYS[6]) == 1 then
    redis.call('PUBLISH', ARGV[4], KEYS[1])
  end
end
return {changed and '1' or '0', before}
