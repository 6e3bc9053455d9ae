-- Adds one batch of events, or, where this writer's batch was added before, tells again what came of it.
-- KEYS  1 live counters, 2 the writer's last batch, 3… blocks of seen bits
-- ARGV  1 batch number, 2 seconds that `done` is kept, 3 seconds that blocks are kept,
--       4 how many sightings, then for each: index of its block, bit, field when first, field when not;
--       then counters to add without a bit: field, amount.
-- Returns a text of one digit a sighting: 0 seen for the first time, 1 seen before.
local live, done = KEYS[1], KEYS[2]
local batch = tonumber(ARGV[1])
local last = redis.call('HMGET', done, 'batch', 'outcome')
if last[1] and tonumber(last[1]) >= batch then
  return last[2]
end

local counts, outcomes = {}, {}
local sightings = tonumber(ARGV[4])
local position = 5
for sighting = 1, sightings do
  local seen = redis.call('SETBIT', KEYS[2 + ARGV[position]], ARGV[position + 1], 1)
  local field = ARGV[position + 2 + seen]
  counts[field] = (counts[field] or 0) + 1
  outcomes[sighting] = seen
  position = position + 4
end
for index = position, #ARGV, 2 do
  counts[ARGV[index]] = (counts[ARGV[index]] or 0) + ARGV[index + 1]
end

for field, amount in pairs(counts) do
  redis.call('HINCRBY', live, field, string.format('%d', amount))
end
for index = 3, #KEYS do
  redis.call('EXPIRE', KEYS[index], ARGV[3])
end
local outcome = table.concat(outcomes)
redis.call('HSET', done, 'batch', ARGV[1], 'outcome', outcome)
redis.call('EXPIRE', done, ARGV[2])
return outcome
