// SPDX-License-Identifier: GPL-2.0-or-later
// The address space at one moment of the run: a strip of VMAs, coloured by access or driver.

const STRIP = { width: 1000, height: 96, top: 6, bottom: 70 };
const PALETTE = 8;

function accessColour(access) {
    const kind = access.slice(0, 3).replace(/-/g, '');
    return (
        'var(--' +
        ({ r: 'r', rw: 'rw', w: 'rw', rx: 'rx', x: 'rx', rwx: 'rwx', wx: 'rwx' }[kind] || 'none') +
        ')'
    );
}

// Where pages lie on the strip, from 0 to 1. Long gaps that are never mapped shrink to a mark.
function layOut(film, pid, scale) {
    const ranges = [];
    for (const frame of film.frames) {
        for (const picture of frame.pictures) {
            if (picture.pid === pid) for (const row of picture.rows) ranges.push([row[0], row[1]]);
        }
    }
    ranges.sort((a, b) => a[0] - b[0]);
    const merged = [];
    for (const [start, end] of ranges) {
        const last = merged[merged.length - 1];
        if (last && start <= last[1]) last[1] = Math.max(last[1], end);
        else merged.push([start, end]);
    }
    const mapped = merged.reduce((sum, [start, end]) => sum + end - start, 0) || 1;
    const weight =
        scale === 'size' ? (pages) => pages / mapped : (pages) => Math.sqrt(pages / mapped);
    const pieces = [];
    let along = 0;
    merged.forEach(([start, end], i) => {
        if (i > 0) along += 0.006;
        const length = weight(end - start) + 0.002;
        pieces.push({ start, end, from: along, length });
        along += length;
    });
    for (const piece of pieces) {
        piece.from /= along || 1;
        piece.length /= along || 1;
    }
    return pieces;
}

function place(pieces, page) {
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (pieces[middle].start <= page) low = middle;
        else high = middle - 1;
    }
    const piece = pieces[low];
    const share = Math.min(1, Math.max(0, (page - piece.start) / (piece.end - piece.start)));
    return piece.from + piece.length * share;
}

// What the parts of an address space view share: which process, which colours, which zoom.
class SpaceView {
    constructor(run) {
        this.film = run.film;
        this.pids = [...new Set(run.film.frames.flatMap((f) => f.pictures.map((p) => p.pid)))];
        this.pid = this.pids[0];
        this.colourBy = 'access';
        this.scale = 'even';
        this.window = [0, 1];
        this.drivers = [...new Set(run.film.looks.map((look) => look[1]))].sort();
        this.strip = svg('svg', {
            viewBox: `0 0 ${STRIP.width} ${STRIP.height}`,
            role: 'img',
            class: 'space',
            tabindex: 0,
            'aria-label': 'address space',
        });
        this.said = el('p', { class: 'said', 'aria-live': 'polite' });
        this.legend = el('ul', { class: 'legend' });
        this.rows = el('tbody');
        this.pieces = layOut(this.film, this.pid, this.scale);
    }

    colour(look) {
        if (this.colourBy === 'access') return accessColour(look[0]);
        return `var(--c${this.drivers.indexOf(look[1]) % PALETTE})`;
    }

    select(change) {
        Object.assign(this, change);
        this.pieces = layOut(this.film, this.pid, this.scale);
        this.draw();
    }

    zoom(factor) {
        const middle = (this.window[0] + this.window[1]) / 2;
        const half = Math.min(0.5, ((this.window[1] - this.window[0]) * factor) / 2);
        const from = Math.min(Math.max(0, middle - half), 1 - 2 * half);
        this.window = [from, from + 2 * half];
        this.draw();
    }

    pan(share) {
        const width = this.window[1] - this.window[0];
        const from = Math.min(Math.max(0, this.window[0] + width * share), 1 - width);
        this.window = [from, from + width];
        this.draw();
    }

    showAll() {
        this.window = [0, 1];
        this.draw();
    }

    show(frame) {
        this.frame = frame;
        this.draw();
    }

    draw() {
        if (!this.frame) return;
        const picture = this.frame.pictures.find((p) => p.pid === this.pid);
        const [from, to] = this.window;
        const x = (page) => (STRIP.width * (place(this.pieces, page) - from)) / (to - from);
        const shapes = [];
        const used = new Map();
        for (const [start, end, mapped, vmas, lookIndex] of picture ? picture.rows : []) {
            const look = this.film.looks[lookIndex];
            const left = x(start);
            const right = x(end);
            used.set(this.colourBy === 'access' ? look[0].slice(0, 3) : look[1], this.colour(look));
            if (right < 0 || left > STRIP.width) continue;
            const words =
                `${address(start)}-${address(end)} ${look[0]} ` +
                (look[2] || look[1] || 'anonymous') +
                (vmas > 1
                    ? `, ${number(vmas)} VMAs, ${size(mapped)} of ${size(end - start)} mapped`
                    : `, ${size(mapped)}`);
            shapes.push(
                svg(
                    'rect',
                    {
                        class: 'vma' + (look[0].endsWith('s') ? ' shared' : ''),
                        x: left,
                        y: STRIP.top,
                        width: Math.max(1, right - left),
                        height: STRIP.bottom - STRIP.top,
                        style: `fill:${this.colour(look)}`,
                    },
                    svg('title', {}, words),
                ),
            );
            if (right - left > 40) {
                shapes.push(
                    svg(
                        'text',
                        { x: Math.max(0, left) + 3, y: STRIP.bottom + 14 },
                        (look[2].split('/').pop() || look[0]).slice(
                            0,
                            Math.floor((right - Math.max(0, left)) / 7),
                        ),
                    ),
                );
            }
        }
        for (let i = 1; i < this.pieces.length; i++) {
            const at = (STRIP.width * (this.pieces[i].from - 0.002 - from)) / (to - from);
            if (at > 0 && at < STRIP.width && this.pieces.length < 400) {
                shapes.push(
                    svg('line', {
                        class: 'break',
                        x1: at,
                        x2: at,
                        y1: STRIP.top,
                        y2: STRIP.bottom,
                    }),
                );
            }
        }
        this.strip.replaceChildren(...shapes);
        this.legend.replaceChildren(
            ...[...used]
                .sort()
                .map(([name, colour]) =>
                    el('li', {}, el('i', { style: `background:${colour}` }), name || 'no driver'),
                ),
        );
        this.said.textContent =
            `Process ${this.pid} after event ${number(this.frame.event)}` +
            (this.frame.line ? ` (line ${number(this.frame.line)})` : '') +
            ': ' +
            (picture
                ? `${number(picture.vmas)} VMAs` + (picture.ended ? ' when it ended' : '')
                : 'it has no address space then') +
            '.';
        if (this.list && this.list.open) this.drawRows(picture);
    }

    drawRows(picture) {
        this.rows.replaceChildren(
            ...(picture ? picture.rows : []).map(([start, end, mapped, vmas, index]) => {
                const look = this.film.looks[index];
                return el(
                    'tr',
                    {},
                    el('td', {}, el('code', {}, `${address(start)}-${address(end)}`)),
                    el('td', {}, look[0]),
                    el('td', {}, look[1]),
                    el('td', {}, look[2]),
                    el('td', { class: 'number' }, number(vmas)),
                    el('td', { class: 'number' }, size(mapped)),
                );
            }),
        );
    }
}

function choice(label, options, onChoice) {
    return el(
        'label',
        {},
        label + ' ',
        el(
            'select',
            { onchange: (e) => onChoice(e.target.value) },
            ...options.map(([value, words]) => el('option', { value }, words)),
        ),
    );
}

function addressSpace(run, scrub) {
    const view = new SpaceView(run);
    const frames = run.film.frames;
    const slider = el('input', {
        type: 'range',
        min: 0,
        max: frames.length - 1,
        value: frames.length - 1,
        'aria-label': 'position in the run',
        oninput: (e) => scrub(frames[e.target.value].event),
    });
    const move = (by) => {
        const next = Math.min(frames.length - 1, Math.max(0, Number(slider.value) + by));
        scrub(frames[next].event);
    };
    const keys = {
        ArrowLeft: () => move(-1),
        ArrowRight: () => move(1),
        '+': () => view.zoom(0.5),
        '=': () => view.zoom(0.5),
        '-': () => view.zoom(2),
        '[': () => view.pan(-0.25),
        ']': () => view.pan(0.25),
        0: () => view.showAll(),
        Home: () => move(-frames.length),
        End: () => move(frames.length),
    };
    view.strip.addEventListener('keydown', (e) => {
        if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
        e.preventDefault();
        keys[e.key]();
    });
    view.list = el(
        'details',
        { ontoggle: () => view.draw() },
        el('summary', {}, 'As a table'),
        el(
            'div',
            { class: 'scroll' },
            el(
                'table',
                {},
                el(
                    'thead',
                    {},
                    el(
                        'tr',
                        {},
                        ...['Range', 'Access', 'Driver', 'Name', 'VMAs', 'Mapped'].map((name) =>
                            el('th', {}, name),
                        ),
                    ),
                ),
                view.rows,
            ),
        ),
    );
    const controls = [
        choice(
            'Colour by',
            [
                ['access', 'protection'],
                ['driver', 'driver'],
            ],
            (colourBy) => view.select({ colourBy }),
        ),
        choice(
            'Width',
            [
                ['even', 'so that small ones show'],
                ['size', 'by size'],
            ],
            (scale) => view.select({ scale }),
        ),
    ];
    if (view.pids.length > 1) {
        controls.unshift(
            choice(
                'Process',
                view.pids.map((pid) => [pid, pid]),
                (pid) => view.select({ pid: Number(pid) }),
            ),
        );
    }
    const button = (words, name, act) =>
        el('button', { type: 'button', 'aria-label': name, onclick: act }, words);
    return {
        element: el(
            'section',
            {},
            el('h2', {}, 'Address space'),
            el(
                'div',
                { class: 'controls' },
                ...controls,
                button('+', 'zoom in', () => view.zoom(0.5)),
                button('\u2212', 'zoom out', () => view.zoom(2)),
                button('All', 'show all', () => view.showAll()),
            ),
            view.strip,
            el(
                'div',
                { class: 'controls' },
                button('\u25C0', 'earlier', () => move(-1)),
                slider,
                button('\u25B6', 'later', () => move(1)),
            ),
            view.said,
            view.legend,
            view.list,
        ),
        // The last picture that is not after the event.
        show(event) {
            let index = 0;
            while (index + 1 < frames.length && frames[index + 1].event <= event) index += 1;
            slider.value = index;
            slider.setAttribute('aria-valuetext', `event ${frames[index].event}`);
            view.show(frames[index]);
        },
    };
}
