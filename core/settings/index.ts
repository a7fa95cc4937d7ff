export {
  definitionOf,
  type Reader,
  type SettingDefinition,
  type SettingGroup,
  type SettingKind,
  type SettingName,
  type SettingValue,
  settingDefinitions,
  settingNames,
} from './definitions.ts';
export { Secret } from './secret.ts';
