/** Listens to the twin and shows what it says. */
import { openDashboard, showDashboard } from './dashboard.js';
import { showFaults } from './faults.js';
import { showAbout, showAlarms, showNotifications, showReports, showService } from './sections.js';
import { announce, showStatus } from './status.js';

let state;

const show = (fresh) => {
  announce(fresh, state);
  state = fresh;
  showStatus(fresh, true);
  for (const section of [
    showAlarms,
    showNotifications,
    showReports,
    showService,
    showFaults,
    showAbout,
    showDashboard,
  ])
    section(fresh);
};

const events = new EventSource('/api/events');
events.addEventListener('state', ({ data }) => show(JSON.parse(data)));
events.addEventListener('error', () => {
  if (state) showStatus(state, false);
});

await openDashboard();
if (state) showDashboard(state);
