"""What may be shown: sites, slots, advertisers, campaigns, creatives; the inventory file; the snapshot."""
