-- How a campaign's creatives share a page and take turns, what it may spend, and which campaigns have changed. The previous
-- release neither reads nor writes the new columns.
alter table campaign
    add column rotation text not null default 'weighted' check (rotation in ('even', 'weighted', 'optimised')),
    add column roadblock boolean not null default false,
    add column budget_micros bigint check (budget_micros > 0),
    add column changed xid8 not null default pg_current_xact_id();
alter table campaign add constraint campaign_budget_check
    check (budget_micros is null or price_model is not null and price_model <> 'flat') not valid;
alter table campaign validate constraint campaign_budget_check;
create index on campaign (changed);

alter table creative add column hours text[] not null default '{}';
alter table creative drop constraint creative_status_check;
alter table creative add constraint creative_status_check
    check (status in ('active', 'paused', 'pending', 'rejected')) not valid;
alter table creative validate constraint creative_status_check;

-- A campaign's row names the transaction that last changed it, its slots or its creatives, so that a worker can read what
-- is new to it: all from the oldest transaction on that was under way when it read last.
create function note_campaign_changed() returns trigger language plpgsql as $$
begin
    new.changed := pg_current_xact_id();
    return new;
end $$;
create trigger note_changed before insert or update on campaign
    for each row execute function note_campaign_changed();

create function note_part_changed() returns trigger language plpgsql as $$
begin
    update campaign set changed = pg_current_xact_id()
    where id = case tg_op when 'DELETE' then old.campaign_id else new.campaign_id end
        and changed <> pg_current_xact_id();
    return null;
end $$;
create trigger note_changed after insert or update or delete on campaign_slot
    for each row execute function note_part_changed();
create trigger note_changed after insert or update or delete on creative
    for each row execute function note_part_changed();

-- Workers are told whether campaigns alone have changed.
create or replace function tell_inventory_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('inventory', case when tg_table_name in ('campaign', 'campaign_slot', 'creative') then 'campaign'
                                        else '' end);
    return null;
end $$;
