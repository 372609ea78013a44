-- Gives back what somebody who is dead had in work. Returns how many messages became dead letters.
-- KEYS: the queue, its messages. ARGV: how often a message is received at most, who is dead.
local dead = 0
if redis.call('EXISTS', KEYS[2]) == 0 then
  return dead
end
for i = 2, #ARGV do
  repeat
    local all = redis.call('XPENDING', KEYS[2], 'all', '-', '+', 1000, ARGV[i])
    for _, pending in ipairs(all) do
      local whose = 'free'
      if pending[4] >= tonumber(ARGV[1]) then
        whose, dead = 'dead', dead + 1
      end
      redis.call('XCLAIM', KEYS[2], 'all', whose, 0, pending[1], 'JUSTID')
    end
  until #all == 0
  redis.call('XGROUP', 'DELCONSUMER', KEYS[2], 'all', ARGV[i])
end
return dead
