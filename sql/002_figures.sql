-- What was counted. Slots and creatives are named by id without a foreign key: a batch that was counted must
-- always be stored, whatever has happened to the inventory since. creative_id 0 stands for "no creative".
-- Hours are UTC; days are days of the site's time zone.

-- The batches that are in the tables below. A batch whose id is here is never added again. Kept for as long as a
-- restored Redis might offer a batch again.
create table flushed_batch (
    batch_id uuid primary key,
    flushed_at timestamptz not null default now()
);
create index on flushed_batch (flushed_at);

-- `unseen_clicks` are those of `clicks` whose impression had not been reported before them.
create table hourly (
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    slot_id integer not null,
    creative_id integer not null,
    requests bigint not null default 0 check (requests >= 0),
    unfilled bigint not null default 0 check (unfilled >= 0),
    impressions bigint not null default 0 check (impressions >= 0),
    viewable bigint not null default 0 check (viewable >= 0),
    clicks bigint not null default 0 check (clicks >= 0),
    unseen_clicks bigint not null default 0 check (unseen_clicks between 0 and clicks),
    invalid bigint not null default 0 check (invalid >= 0),
    spend_micros bigint not null default 0 check (spend_micros >= 0),
    primary key (hour, slot_id, creative_id)
) partition by range (hour);
create table hourly_default partition of hourly default;
create index on hourly (creative_id, hour);

create table daily (
    day date not null,
    slot_id integer not null,
    creative_id integer not null,
    city text not null,
    device text not null,
    requests bigint not null default 0 check (requests >= 0),
    unfilled bigint not null default 0 check (unfilled >= 0),
    impressions bigint not null default 0 check (impressions >= 0),
    viewable bigint not null default 0 check (viewable >= 0),
    clicks bigint not null default 0 check (clicks >= 0),
    unseen_clicks bigint not null default 0 check (unseen_clicks between 0 and clicks),
    invalid bigint not null default 0 check (invalid >= 0),
    spend_micros bigint not null default 0 check (spend_micros >= 0),
    primary key (day, slot_id, creative_id, city, device)
) partition by range (day);
create table daily_default partition of daily default;
create index on daily (creative_id, day);

-- Why events were refused. `hourly.invalid` and `daily.invalid` are sums of these.
create table invalid_hourly (
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    slot_id integer not null,
    creative_id integer not null,
    kind text not null,
    reason text not null,
    events bigint not null check (events > 0),
    primary key (hour, slot_id, creative_id, kind, reason)
);

-- Views are net: a reader's second view of an article within half an hour is refused as "repeated".
create table article_hourly (
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    site_id integer not null,
    article text not null,
    views bigint not null check (views > 0),
    primary key (site_id, article, hour)
);
create index on article_hourly (site_id, hour);

-- Readers of an article on a day of its site, estimated (HyperLogLog, standard error 0.8 %). The key by which readers
-- are told apart changes daily, so the sum over days is not a number of readers.
create table article_daily (
    day date not null,
    site_id integer not null,
    article text not null,
    readers bigint not null check (readers >= 0),
    primary key (site_id, article, day)
);
create index on article_daily (site_id, day);
