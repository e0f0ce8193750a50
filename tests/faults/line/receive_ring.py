"""The ESP32's receive ring of 259 bytes, while flash erases keep the device from looking for 150 ms."""

from random import Random

from tests.faults.journal.day import PromiseError
from tests.faults.journal.flash import FlashRuleError
from tests.faults.ledger import Ledger
from tests.faults.line.bad_line import Trouble
from tests.faults.line.sync_model import World
from tests.support.device.served import virtual_time

SYNCS = 10  # in one unit


def receive_ring(number: int, ledger: Ledger) -> None:
    """Ten syncs of one device; in every second one somebody else writes to the port as well, so that bytes are lost."""
    with virtual_time() as time:
        world = World(4, time)
        try:
            for sync in range(SYNCS):
                trouble = Trouble(Random(number * SYNCS + sync))
                trouble.stall_percent = 60
                trouble.flood_percent = 30 if sync % 2 else 0
                world.device.press(40)
                ledger.injected += 1
                if world.sync(world.laptops[0], trouble) is None:
                    raise PromiseError("lost: a sync did not survive stalls of the device")
                if not sync % 2 and world.lost_in_ring:
                    raise PromiseError("lost: the protocol itself has overrun the receive ring")
                world.check()
                world.lost_in_ring = 0
            world.check_good_sync(world.laptops[0])
        except (PromiseError, FlashRuleError) as error:
            ledger.fail(f"{number}: {error}")
        finally:
            world.close()
