-- Sums of `hourly` for what is over, so that weeks can be read at once; the planner adds each day when it is settled.
-- What is before `rolled_up.until`, midnight UTC, is here whole; the rest has to be summed from `hourly`.
create table rolled_up (
    is_only boolean primary key default true check (is_only),
    until timestamptz not null check (until = date_trunc('day', until, 'UTC'))
);

create table slot_hourly (
    slot_id integer not null,
    hour timestamptz not null,
    requests bigint not null,
    filled bigint not null,
    impressions bigint not null,
    viewable bigint not null,
    clicks bigint not null,
    primary key (slot_id, hour)
);

create table creative_daily (
    creative_id integer not null,
    day date not null,
    requests bigint not null,
    impressions bigint not null,
    viewable bigint not null,
    clicks bigint not null,
    primary key (creative_id, day)
);
