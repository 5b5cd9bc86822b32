// SPDX-License-Identifier: GPL-2.0-or-later
// The address space at one moment of the run: a strip of VMAs, coloured by access or driver. Runs
// that are compared have a strip each, one above the other: what stands above each other lies at
// the same address and is of the same moment.

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

// What the parts of an address space view share: which process, which colours, which zoom.
class SpaceView {
    constructor(sides) {
        this.films = sides.map((side) => side.film);
        this.spaces = spacesOf(this.films);
        this.space = this.spaces.length ? this.spaces[0][0] : 0;
        this.colourBy = 'access';
        this.scale = 'even';
        this.window = [0, 1];
        this.drivers = [
            ...new Set(this.films.flatMap((film) => film.looks).map((look) => look[1])),
        ].sort();
        this.sides = sides.map((side) => ({
            ...side,
            strip: svg('svg', {
                viewBox: `0 0 ${STRIP.width} ${STRIP.height}`,
                role: 'img',
                class: 'space',
                tabindex: 0,
                'aria-label': 'address space' + (side.label ? `, ${side.label}` : ''),
            }),
            said: el('p', { class: 'said', 'aria-live': 'polite' }),
        }));
        this.legend = el('ul', { class: 'legend' });
        this.rows = el('tbody');
        this.pieces = layOut(this.films, this.space, this.scale);
    }

    colour(look) {
        if (this.colourBy === 'access') return accessColour(look[0]);
        return `var(--c${this.drivers.indexOf(look[1]) % PALETTE})`;
    }

    select(change) {
        Object.assign(this, change);
        this.pieces = layOut(this.films, this.space, this.scale);
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

    // The last picture of each run that is not after this share of it.
    show(share) {
        for (const side of this.sides) {
            const event = Math.round(side.total * share);
            side.frame = side.film.frames[0];
            for (const frame of side.film.frames) if (frame.event <= event) side.frame = frame;
            side.picture = side.frame.pictures.find((picture) => picture.space === this.space);
        }
        this.draw();
    }

    // Marks the rows that are not the same in all runs; the first run is what the others are
    // compared with.
    findDifferences() {
        const keys = this.sides.map(
            ({ film, picture }) =>
                new Set(picture ? picture.rows.map((row) => rowKey(film, row)) : []),
        );
        const comparable = keys.map((set) => set.size > 0 && !set.has(undefined));
        this.sides.forEach((side, i) => {
            const others = i === 0 ? keys.slice(1) : [keys[0]];
            const fit =
                comparable[i] && (i === 0 ? comparable.slice(1) : [comparable[0]]).every(Boolean);
            side.differs = (row) =>
                fit && !others.every((other) => other.has(rowKey(side.film, row)));
            side.differing = fit ? side.picture.rows.filter(side.differs).length : undefined;
        });
    }

    draw() {
        for (const side of this.sides) {
            if (!side.frame) return;
            side.picture = side.frame.pictures.find((picture) => picture.space === this.space);
        }
        this.findDifferences();
        const used = new Map();
        for (const side of this.sides) {
            this.drawStrip(side, used);
            side.said.textContent = this.words(side);
        }
        const legend = [...used]
            .sort()
            .map(([name, colour]) =>
                el('li', {}, el('i', { style: `background:${colour}` }), name || 'no driver'),
            );
        if (this.sides.some((side) => side.differing)) {
            legend.push(
                el('li', {}, el('i', { class: 'hatched' }), 'hatched: not the same on both sides'),
            );
        }
        this.legend.replaceChildren(...legend);
        if (this.list && this.list.open) this.drawRows();
    }

    drawStrip(side, used) {
        const [from, to] = this.window;
        const x = (page) => (STRIP.width * (place(this.pieces, page) - from)) / (to - from);
        const shapes = [];
        for (const row of side.picture ? side.picture.rows : []) {
            const [start, end, , , lookIndex] = row;
            const look = side.film.looks[lookIndex];
            const left = x(start);
            const right = x(end);
            used.set(this.colourBy === 'access' ? look[0].slice(0, 3) : look[1], this.colour(look));
            if (right < 0 || left > STRIP.width) continue;
            shapes.push(...this.vma(side, row, look, left, right));
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
        side.strip.replaceChildren(...shapes);
    }

    vma(side, row, look, left, right) {
        const [start, end, mapped, vmas] = row;
        const words =
            `${address(start)}-${address(end)} ${look[0]} ` +
            (look[2] || look[1] || 'anonymous') +
            (vmas > 1
                ? `, ${number(vmas)} VMAs, ${size(mapped)} of ${size(end - start)} mapped`
                : `, ${size(mapped)}`);
        const box = {
            x: left,
            y: STRIP.top,
            width: Math.max(1, right - left),
            height: STRIP.bottom - STRIP.top,
        };
        const shapes = [
            svg(
                'rect',
                {
                    class: 'vma' + (look[0].endsWith('s') ? ' shared' : ''),
                    ...box,
                    style: `fill:${this.colour(look)}`,
                },
                svg('title', {}, words),
            ),
        ];
        if (side.differs(row)) {
            shapes.push(svg('rect', { class: 'differs', ...box, fill: 'url(#hatch)' }));
        }
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
        return shapes;
    }

    words({ label, frame, picture, differing }) {
        const pid = (this.spaces.find(([space]) => space === this.space) || [0, '?'])[1];
        return (
            (label ? `${label}. ` : '') +
            `Process ${pid} ` +
            (frame.event === 0 ? 'before the first event' : `after event ${number(frame.event)}`) +
            (frame.line ? ` (line ${number(frame.line)})` : '') +
            ': ' +
            (picture
                ? (picture.vmas === 1 ? '1 VMA' : `${number(picture.vmas)} VMAs`) +
                  (picture.ended ? ' when it ended' : '') +
                  (differing ? `, ${number(differing)} not so on the other side` : '')
                : 'it has no address space then') +
            '.'
        );
    }

    drawRows() {
        const several = this.sides.length > 1;
        const rows = this.sides.flatMap((side) =>
            (side.picture ? side.picture.rows : []).map((row) => ({ side, row })),
        );
        if (several) rows.sort((a, b) => a.row[0] - b.row[0]);
        this.rows.replaceChildren(
            ...rows.map(({ side, row }) => {
                const [start, end, mapped, vmas, index] = row;
                const look = side.film.looks[index];
                return el(
                    'tr',
                    {},
                    el('td', {}, el('code', {}, `${address(start)}-${address(end)}`)),
                    el('td', {}, look[0]),
                    el('td', {}, look[1]),
                    el('td', {}, look[2]),
                    el('td', { class: 'number' }, number(vmas)),
                    el('td', { class: 'number' }, size(mapped)),
                    ...(several
                        ? [
                              el('td', {}, side.label),
                              el('td', {}, side.differs(row) ? 'differs' : ''),
                          ]
                        : []),
                );
            }),
        );
    }
}

function keysOf(view, move) {
    return {
        ArrowLeft: () => move(-1),
        ArrowRight: () => move(1),
        '+': () => view.zoom(0.5),
        '=': () => view.zoom(0.5),
        '-': () => view.zoom(2),
        '[': () => view.pan(-0.25),
        ']': () => view.pan(0.25),
        0: () => view.showAll(),
        Home: () => move(-Infinity),
        End: () => move(Infinity),
    };
}

function spaceControls(view) {
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
    if (view.spaces.length > 1) {
        controls.unshift(
            choice('Process', view.spaces, (space) => view.select({ space: Number(space) })),
        );
    }
    return controls;
}

function rowsTable(view) {
    const heads = ['Range', 'Access', 'Driver', 'Name', 'VMAs', 'Mapped'];
    if (view.sides.length > 1) heads.push('Side', '');
    return el(
        'details',
        { ontoggle: () => view.draw() },
        el('summary', {}, 'As a table'),
        el(
            'div',
            { class: 'scroll', tabindex: 0 },
            el(
                'table',
                {},
                el('thead', {}, el('tr', {}, ...heads.map((name) => el('th', {}, name)))),
                view.rows,
            ),
        ),
    );
}

// sides: runs with their films; scrub(share) is called when the user moves through the run.
function addressSpace(sides, scrub) {
    const view = new SpaceView(sides);
    const positions = positionsOf(sides);
    const slider = el('input', {
        type: 'range',
        min: 0,
        max: positions.length - 1,
        value: positions.length - 1,
        'aria-label': 'position in the run',
        oninput: (e) => scrub(positions[e.target.value]),
    });
    const move = (by) =>
        scrub(positions[Math.min(positions.length - 1, Math.max(0, Number(slider.value) + by))]);
    const keys = keysOf(view, move);
    view.list = rowsTable(view);
    const button = (words, name, act) =>
        el('button', { type: 'button', 'aria-label': name, onclick: act }, words);
    for (const { strip } of view.sides) {
        strip.addEventListener('keydown', (e) => {
            if (!keys[e.key] || e.ctrlKey || e.metaKey || e.altKey) return;
            e.preventDefault();
            keys[e.key]();
        });
    }
    const scrubbing = el(
        'div',
        { class: 'controls' },
        button('\u25C0', 'earlier', () => move(-1)),
        slider,
        button('\u25B6', 'later', () => move(1)),
    );
    return {
        element: el(
            'section',
            { class: 'spaces' },
            el('h2', {}, 'Address space'),
            el(
                'div',
                { class: 'controls' },
                ...spaceControls(view),
                button('+', 'zoom in', () => view.zoom(0.5)),
                button('\u2212', 'zoom out', () => view.zoom(2)),
                button('All', 'show all', () => view.showAll()),
            ),
            ...(positions.length > 1 ? [scrubbing] : []),
            ...view.sides.flatMap((side) => [side.said, side.strip]),
            view.legend,
            view.list,
        ),
        show(share) {
            let index = 0;
            while (index + 1 < positions.length && positions[index + 1] <= share + 1e-12)
                index += 1;
            slider.value = index;
            view.show(share);
            slider.setAttribute('aria-valuetext', `event ${view.sides[0].frame.event}`);
        },
    };
}
