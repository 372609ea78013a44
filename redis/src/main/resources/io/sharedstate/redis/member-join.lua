-- Takes the lowest free ordinal, with an incarnation higher than all before.
-- KEYS: the members. ARGV: how many there can be, the time to live in ms, pid, kernel, network, processes, address, listeners, version.
-- Returns ordinal, incarnation, and since when in ms; nil if there are too many members.

-- No less than the server's time, so that an incarnation doesn't come back when the server has lost what it knew.
local time = redis.call('TIME')
local last = redis.call('HGET', KEYS[1], 'incarnation') or '0'
local incarnation = string.format('%.0f', math.max(tonumber(last) + 1, time[1] * 1000000 + time[2]))
local started = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for ordinal = 0, ARGV[1] - 1 do
  local key = KEYS[1] .. ':' .. ordinal
  if redis.call('EXISTS', key) == 0 then
    redis.call('HSET', KEYS[1], 'incarnation', incarnation)
    if ordinal >= tonumber(redis.call('HGET', KEYS[1], 'ordinals') or '0') then
      redis.call('HSET', KEYS[1], 'ordinals', ordinal + 1)
    end
    redis.call('HSET', key, 'incarnation', incarnation, 'pid', ARGV[3], 'started', started,
        'kernel', ARGV[4], 'network', ARGV[5], 'processes', ARGV[6],
        'address', ARGV[7], 'listeners', ARGV[8], 'version', ARGV[9], 'ttl', ARGV[2])
    redis.call('PEXPIRE', key, ARGV[2])
    return {tostring(ordinal), incarnation, started}
  end
end
return false
