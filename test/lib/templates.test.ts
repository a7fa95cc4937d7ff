/**
 * Everything that looks at synthesized templates, in one file so that each environment is synthesized once.
 * Each module states the behaviour of one part.
 */
import './templates/adoption.ts';
import './templates/alarms.ts';
import './templates/changes.ts';
import './templates/checks.ts';
import './templates/dashboard.ts';
import './templates/data.ts';
import './templates/drift.ts';
import './templates/image.ts';
import './templates/network.ts';
import './templates/message-operations.ts';
import './templates/network-paths.ts';
import './templates/probes.ts';
import './templates/refusals.ts';
import './templates/roles.ts';
import './templates/service.ts';
import './templates/template-checks.ts';
