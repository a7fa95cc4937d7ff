/** The faults as buttons. */
import { fill, h } from './dom.js';

let refused = '';
let last;

const turn = async (name, injected) => {
  refused = '';
  try {
    const response = await fetch(`/api/faults/${name}`, { method: injected ? 'DELETE' : 'POST' });
    if (!response.ok) refused = (await response.json()).error;
  } catch {
    refused = `${name}: the twin does not answer.`;
  }
  if (last) showFaults(last);
};

const press = ({ currentTarget }) => {
  const { fault, injected, busy } = currentTarget.dataset;
  if (busy === undefined) void turn(fault, injected !== undefined);
};

const faultItem = ({ name, doc, driven, injected, busy }) =>
  h(
    'div',
    { class: `fault${injected ? ' injected' : ''}`, 'data-key': name },
    h(
      'div',
      {},
      h('strong', {}, name),
      injected && h('span', { class: 'badge bad' }, '✕ broken'),
      h('span', { class: 'badge' }, driven ? 'driven' : 'injected signal'),
      h('p', { id: `doc-${name}` }, doc),
    ),
    h(
      'button',
      {
        type: 'button',
        'data-fault': name,
        'data-injected': injected,
        'data-busy': busy,
        'aria-busy': busy ? 'true' : undefined,
        'aria-disabled': busy ? 'true' : undefined,
        'aria-label': `${injected ? 'Repair' : 'Break'} ${name}`,
        'aria-describedby': `doc-${name}`,
        onclick: press,
      },
      busy ? '…' : injected ? 'Repair' : 'Break',
    ),
  );

export const showFaults = (state) => {
  last = state;
  const groups = Map.groupBy(state.faults, ({ group }) => group);
  fill(
    'faults',
    refused && h('p', { class: 'error', role: 'alert', 'data-key': 'refused' }, refused),
    [...groups].map(([group, faults]) =>
      h('fieldset', { 'data-key': group }, h('legend', {}, group), faults.map(faultItem)),
    ),
  );
};
