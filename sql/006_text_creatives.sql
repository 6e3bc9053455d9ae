-- Text creatives: a title and a text that the page styles, perhaps with a small picture. The previous release knows no
-- such creative, and nothing of it changes the ones that it knows.
alter table creative add column title text check (title <> ''), add column text text check (text <> '');
alter table creative drop constraint creative_kind_check;
alter table creative add constraint creative_kind_check check (kind in ('image', 'html', 'text')) not valid;
alter table creative validate constraint creative_kind_check;
alter table creative drop constraint creative_check;
alter table creative add constraint creative_check check (
    case kind when 'image' then html is null and num_nonnulls(asset, src) = 1 and num_nonnulls(title, text) = 0
              when 'html' then html is not null and num_nonnulls(asset, src) = 0 and num_nonnulls(title, text) = 0
              else html is null and num_nonnulls(asset, src) <= 1 and num_nonnulls(title, text) = 2 end) not valid;
alter table creative validate constraint creative_check;
