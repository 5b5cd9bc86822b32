// SPDX-License-Identifier: GPL-2.0-or-later
// What the scripts that use a page have in common. Put in before them.
'use strict';

function pressOn(strip, key) {
    strip.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

// The colour of the ground in both themes.
function bothThemes() {
    const ground = () => getComputedStyle(document.body).backgroundColor;
    const theme = document.getElementById('theme');
    theme.click();
    const light = ground();
    theme.click();
    return [light, ground()];
}

// Leaves what was seen for the test.
function leave(seen) {
    seen.errors = window.pageErrors;
    seen.requests = performance.getEntriesByType('resource').length;
    document.body.setAttribute('data-seen', JSON.stringify(seen));
}
