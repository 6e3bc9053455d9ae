"""`adserver why` on real servers: what an operator sees."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from adserver.cli import main
from adserver.inventory.apply import apply_text
from adserver.inventory.load import load_inventory
from adserver.planner.blob import encode
from tests.inventory.files import small
