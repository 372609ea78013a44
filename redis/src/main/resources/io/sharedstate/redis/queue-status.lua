-- Returns how many messages there are, are in work, and are dead letters; how many ms ago the oldest that is no dead letter was offered; how
-- many were redelivered; the bytes that all take, and can take at most. Nil if there is no such queue.
-- KEYS: the queue, its messages.
local found = redis.call('HMGET', KEYS[1], 'redelivered', 'taken', 'size')
if not found[3] then
  return false
end
local all, work, dead, oldest = 0, 0, 0, nil

local function see(id)
  local offered = tonumber(id:match('^%d+'))
  oldest = math.min(oldest or offered, offered)
end

if redis.call('EXISTS', KEYS[2]) == 1 then
  all = redis.call('XLEN', KEYS[2])
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[2], 'all')) do
    local name, count = consumer[2], consumer[4]
    if name == 'dead' then
      dead = count
    elseif count > 0 then
      see(redis.call('XPENDING', KEYS[2], 'all', '-', '+', 1, name)[1][1])
      if name:find(':', 1, true) then
        work = work + count
      end
    end
  end
  local last = redis.call('XINFO', 'GROUPS', KEYS[2])[1][8]
  local new = redis.call('XRANGE', KEYS[2], '(' .. last, '+', 'COUNT', 1)[1]
  if new then
    see(new[1])
  end
end
local time = redis.call('TIME')
local age = oldest and math.max(0, time[1] * 1000 + math.floor(time[2] / 1000) - oldest) or 0
return {tostring(all), tostring(work), tostring(dead), string.format('%.0f', age), found[1], found[2], found[3]}
