import { describeFaults } from './fault.ts';
import { settingsFaults, startSettingsWorld } from './tables/settings.ts';

describeFaults('settings', settingsFaults, startSettingsWorld);
