// SPDX-License-Identifier: GPL-2.0-or-later
// The VMA count over the run: a band from lowest to highest, the limit, failed events, a cursor.

const CHART_BOX = { height: 190, left: 52, right: 10, top: 12, bottom: 24 };

const bucketsOf = (report) => (report.timeline ? report.timeline.buckets : []);
const peakOf = (report) => Math.max(1, ...bucketsOf(report).map((bucket) => bucket.vmas.max));

// scale: the count that the chart has to have room for, so that charts of several runs look alike;
// parts: the event after which the layouts are no longer those of the other run, or 0.
function timeline(run, onShare, { scale, parts, width }) {
    const CHART = { ...CHART_BOX, width };
    const buckets = bucketsOf(run.report);
    const total = Math.max(1, run.report.events.total);
    const limit = run.report.max_map_count;
    const peak = peakOf(run.report);
    // A limit far above would flatten the curve: then it is told in words alone.
    const nearLimit = scale > limit / 4;
    const top = nearLimit ? Math.max(scale, limit) : scale;
    const x = (event) => CHART.left + ((CHART.width - CHART.left - CHART.right) * event) / total;
    const y = (count) =>
        CHART.height - CHART.bottom - ((CHART.height - CHART.top - CHART.bottom) * count) / top;

    const picture = svg('svg', {
        viewBox: `0 0 ${CHART.width} ${CHART.height}`,
        role: 'img',
        class: 'timeline',
        'aria-label': `VMA count over ${number(total)} events, ${number(peak)} at most`,
    });
    for (const share of [0, 0.5, 1]) {
        const level = Math.round(top * share);
        picture.append(
            svg('line', {
                class: 'axis',
                x1: CHART.left,
                x2: CHART.width - CHART.right,
                y1: y(level),
                y2: y(level),
            }),
            svg(
                'text',
                { x: CHART.left - 6, y: y(level) + 4, 'text-anchor': 'end' },
                number(level),
            ),
        );
    }
    picture.append(
        svg(
            'text',
            { x: CHART.width - CHART.right, y: CHART.height - 6, 'text-anchor': 'end' },
            `event ${number(total)}`,
        ),
    );
    // Each bucket reaches to where the next one begins.
    const ends = buckets.map((bucket, i) =>
        i + 1 < buckets.length ? buckets[i + 1].event : total,
    );
    const steps = (value) =>
        buckets.flatMap((bucket, i) => [
            `${x(bucket.event)},${y(value(bucket))}`,
            `${x(ends[i])},${y(value(bucket))}`,
        ]);
    picture.append(
        svg('polygon', {
            class: 'band',
            points: [...steps((b) => b.vmas.max), ...steps((b) => b.vmas.min).reverse()].join(' '),
        }),
    );
    picture.append(
        svg('polyline', { class: 'curve', points: steps((b) => b.vmas.last).join(' ') }),
    );
    if (nearLimit) {
        picture.append(
            svg(
                'line',
                {
                    class: 'limit',
                    x1: CHART.left,
                    x2: CHART.width - CHART.right,
                    y1: y(limit),
                    y2: y(limit),
                },
                svg('title', {}, `max_map_count ${number(limit)}`),
            ),
        );
    }
    buckets.forEach((bucket) => {
        if (!bucket.failed) return;
        const at = x(bucket.first_failed || bucket.event);
        const base = CHART.height - CHART.bottom;
        picture.append(
            svg(
                'path',
                { class: 'failed', d: `M${at - 4},${base + 8} h8 l-4,-8 z` },
                svg(
                    'title',
                    {},
                    `${number(bucket.failed)} failed from event ` +
                        `${number(bucket.first_failed || bucket.event)} on`,
                ),
            ),
        );
    });
    if (parts) {
        const right = parts > total / 2;
        picture.append(
            svg('line', {
                class: 'parts',
                x1: x(parts),
                x2: x(parts),
                y1: CHART.top,
                y2: CHART.height - CHART.bottom,
            }),
            svg(
                'text',
                {
                    x: x(parts) + (right ? -4 : 4),
                    y: CHART.top + 10,
                    'text-anchor': right ? 'end' : 'start',
                },
                `layouts part: event ${number(parts)}`,
            ),
        );
    }
    const cursor = svg('line', { class: 'cursor', y1: CHART.top, y2: CHART.height - CHART.bottom });
    picture.append(cursor);
    picture.addEventListener('click', (click) => {
        const box = picture.getBoundingClientRect();
        const along = ((click.clientX - box.left) / box.width) * CHART.width - CHART.left;
        onShare(Math.min(1, Math.max(0, along / (CHART.width - CHART.left - CHART.right))));
    });

    const said = el(
        'p',
        { class: 'none' },
        `At most ${number(peak)} VMAs; max_map_count is ${number(limit)}. ` +
            `Triangles mark events that failed. Click to go to a moment of the run.`,
    );
    return {
        element: el('section', {}, el('h2', {}, 'VMA count over time'), picture, said),
        show(share) {
            cursor.setAttribute('x1', x(share * total));
            cursor.setAttribute('x2', x(share * total));
        },
    };
}
