-- Adds one batch of events, or, where this writer's batch was added before, tells again what came of it.
-- KEYS  1 live counters, 2 ids of batches set aside, 3 the writer's last batch, 4… keys that sightings name by index
-- ARGV  1 batch number, 2 id for a new generation of live counters, 3 seconds that bits and `done` are kept,
--       4 how many sorts of ad events, then for each: field when first, field when not or "", field when first without
--         an impression or "";
--       next, the ad events in one text, of each ten bytes: index of its block, bit (four), index of its impression's
--         block or 0, its sort;
--       next, how many views, then for each: index of its block, bit, index of the reader's mark, index of the mark that
--         the reader may have from before midnight or 0, seconds that marks are kept, index of the article's readers,
--         reader, seconds that readers are kept, field when first, field when not or "", field when repeated;
--       then counters to add as they are: field, amount.
-- Returns a text of one digit an event: 0 counted, 1 seen before, 2 repeated.
local live, batches, done = KEYS[1], KEYS[2], KEYS[3]
local number = tonumber(ARGV[1])
local last = redis.call('HMGET', done, 'batch', 'outcome')
if last[1] and tonumber(last[1]) >= number then
  -- WAIT waits for what its own connection wrote, and this one may be another than at first.
  redis.call('EXPIRE', done, ARGV[3])
  return last[2]
end

-- Live counters carry an id from their first moment, and the run of the server that began them. A server that came back
-- with an older state must not go on with counters that may have been stored since: they are set aside under their id,
-- which tells whether they were.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local made = redis.call('HMGET', live, 'id', 'run')
if made[1] and made[2] ~= run then
  redis.call('RENAME', live, batches .. ':' .. made[1])
  redis.call('SADD', batches, made[1])
  made[1] = false
end
if not made[1] then
  redis.call('HSET', live, 'id', ARGV[2], 'run', run)
end

local counts, outcomes, touched = {}, {}, {}
local function add(field, amount)
  if field ~= '' then
    counts[field] = (counts[field] or 0) + amount
  end
end
local function is_first(block, bit)
  touched[block] = true
  return redis.call('SETBIT', block, bit, 1) == 0
end

local at = 5 + 3 * tonumber(ARGV[4])
local ads = ARGV[at]
for place = 1, #ads, 10 do
  local block, bit, impression, sort = struct.unpack('>HIHH', ads, place)
  local fields = 5 + 3 * sort
  if is_first(KEYS[block], bit) then
    outcomes[#outcomes + 1] = 0
    add(ARGV[fields], 1)
    if impression > 0 and redis.call('GETBIT', KEYS[impression], bit) == 0 then
      add(ARGV[fields + 2], 1)
    end
  else
    outcomes[#outcomes + 1] = 1
    add(ARGV[fields + 1], 1)
  end
end

local views = tonumber(ARGV[at + 1])
at = at + 2
for _ = 1, views do
  local mark, former, readers = KEYS[tonumber(ARGV[at + 2])], tonumber(ARGV[at + 3]), KEYS[tonumber(ARGV[at + 5])]
  if not is_first(KEYS[tonumber(ARGV[at])], ARGV[at + 1]) then
    outcomes[#outcomes + 1] = 1
    add(ARGV[at + 9], 1)
  elseif former > 0 and redis.call('EXISTS', KEYS[former]) == 1
      or not redis.call('SET', mark, 1, 'NX', 'EX', ARGV[at + 4]) then
    outcomes[#outcomes + 1] = 2
    add(ARGV[at + 10], 1)
  else
    outcomes[#outcomes + 1] = 0
    add(ARGV[at + 8], 1)
    redis.call('PFADD', readers, ARGV[at + 6])
    redis.call('EXPIRE', readers, ARGV[at + 7])
  end
  at = at + 11
end

for index = at, #ARGV, 2 do
  add(ARGV[index], tonumber(ARGV[index + 1]))
end
for field, amount in pairs(counts) do
  redis.call('HINCRBY', live, field, string.format('%d', amount))
end
for key in pairs(touched) do
  redis.call('EXPIRE', key, ARGV[3])
end
local outcome = table.concat(outcomes)
redis.call('HSET', done, 'batch', ARGV[1], 'outcome', outcome)
redis.call('EXPIRE', done, ARGV[3])
return outcome
