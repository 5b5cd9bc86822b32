// SPDX-License-Identifier: GPL-2.0-or-later
// Put at the end of a page under test: uses it as a person would and leaves what it saw, as JSON,
// in an attribute of the body.
'use strict';
{
    const run = document.querySelector('.run');
    const count = (selector) => run.querySelectorAll(selector).length;
    const slider = run.querySelector('input[type="range"]');
    const strip = run.querySelector('svg.space');
    const said = () => run.querySelector('.said').textContent;
    const seen = { rows: {} };

    for (const id of ['boundaries', 'failures', 'leaks', 'diagnostics', 'divergences']) {
        seen.rows[id] = count(`[data-list="${id}"] tbody tr`);
    }
    seen.failedMarks = count('svg.timeline .failed');
    seen.vmas = count('svg.space .vma');
    seen.saidAtEnd = said();

    const cursor = () => run.querySelector('.cursor').getAttribute('x1');
    const cursorAtEnd = cursor();
    slider.value = 0;
    slider.dispatchEvent(new Event('input'));
    seen.saidAtStart = said();
    seen.cursorMoved = cursor() !== cursorAtEnd;

    const press = (key) => pressOn(strip, key);
    strip.focus();
    seen.focused = document.activeElement === strip;
    press('ArrowRight');
    seen.positionAfterRight = Number(slider.value);
    press('End');
    seen.positionAfterEnd = Number(slider.value);
    seen.positions = Number(slider.max);

    const widest = () =>
        Math.max(
            ...[...run.querySelectorAll('.vma')].map((vma) => Number(vma.getAttribute('width'))),
        );
    const before = widest();
    press('+');
    seen.zoomed = widest() > before;
    press('0');
    seen.unzoomed = widest() === before;

    const header = run.querySelector('[data-list="boundaries"] th');
    if (header) {
        const cells = () =>
            [...run.querySelectorAll('[data-list="boundaries"] tbody tr td:first-child')].map(
                (cell) => cell.textContent,
            );
        header.querySelector('button').click();
        const ascending = cells();
        header.querySelector('button').click();
        seen.sort = header.getAttribute('aria-sort');
        seen.sorted = cells().join() === ascending.reverse().join();
    }

    seen.themes = bothThemes();

    const list = run.querySelector('details');
    list.open = true;
    list.dispatchEvent(new Event('toggle'));
    seen.listed = count('details tbody tr');

    const mark = run.querySelector('.vma');
    seen.transition = mark ? getComputedStyle(mark).transitionDuration : '';
    seen.runs = document.querySelectorAll('.run').length;
    leave(seen);
}
