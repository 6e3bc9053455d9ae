-- `refreshed` are those of `impressions` that a slot showed when it changed its ad by itself.
alter table hourly add column refreshed bigint not null default 0 check (refreshed between 0 and impressions);
alter table daily add column refreshed bigint not null default 0 check (refreshed between 0 and impressions);
