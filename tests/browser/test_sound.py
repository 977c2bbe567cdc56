"""What the alarm sound really puts out, sample by sample: something with the sound on, nothing with it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Everything that a page connects to its loudspeaker goes through an analyser, whose loudest sample is kept.
LISTENING: Final = """
window.loudest = 0;
const connect = AudioNode.prototype.connect;
const ears = new WeakMap();
AudioNode.prototype.connect = function (target, ...rest) {
  if (!(target instanceof AudioDestinationNode)) return connect.call(this, target, ...rest);
  let ear = ears.get(target);
  if (!ear) {
    ear = new AnalyserNode(this.context, { fftSize: 32768 });
    connect.call(ear, target);
    ears.set(target, ear);
    const samples = new Float32Array(ear.fftSize);
    setInterval(() => {
      ear.getFloatTimeDomainData(samples);
      for (const sample of samples) window.loudest = Math.max(window.loudest, Math.abs(sample));
    }, 100);
  }
  return connect.call(this, ear, ...rest);
};
"""


def test_a_high_alarm_sounds_with_the_sound_on_and_not_with_it_off(visit: Callable[..., Page]) -> None:
    page = visit("/", bypass_csp=True)  # the policy would not let the test ask again and again
    page.context.add_init_script(LISTENING)
    page.reload()
    page.locator("[data-testid^=tile-][data-state=act_now][data-waiting=true]").first.wait_for()
    page.wait_for_timeout(3000)
    assert page.evaluate("window.loudest") == 0, "silent by default"

    page.keyboard.press("m")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Sound on this device, for me").check()
    page.wait_for_function("window.loudest > 0.02", timeout=15_000)

    dialog.get_by_label("Sound on this device, for me").uncheck()
    page.wait_for_timeout(5000)  # what was begun may end
    page.evaluate("window.loudest = 0")
    page.wait_for_timeout(11_000)  # a high alarm repeats after ten seconds
    assert page.evaluate("window.loudest") == 0, "silent again once turned off"
