/** The settings there are, by address. */
import Bot from 'lucide-solid/icons/bot';
import ChartColumn from 'lucide-solid/icons/chart-column';
import type { JSX } from 'solid-js';
import {
  Building,
  FolderGit2,
  KeyRound,
  Laptop,
  Server,
  SquareTerminal,
  SunMoon,
  User,
  Users,
} from '../ui/icons.ts';

export type SectionId =
  | 'profile'
  | 'devices'
  | 'tokens'
  | 'appearance'
  | 'terminals'
  | 'organisation'
  | 'members'
  | 'repositories'
  | 'hosts'
  | 'agents'
  | 'usage';

export interface Section {
  id: SectionId;
  title: string;
  text: string;
  icon: (size: number) => JSX.Element;
  of: 'You' | 'Organisation';
}

export const SECTIONS: readonly Section[] = [
  {
    id: 'profile',
    title: 'Profile',
    text: 'name password link github google',
    of: 'You',
    icon: (size) => <User size={size} />,
  },
  {
    id: 'devices',
    title: 'Devices',
    text: 'sign out sessions',
    of: 'You',
    icon: (size) => <Laptop size={size} />,
  },
  {
    id: 'tokens',
    title: 'API tokens',
    text: 'scripts access',
    of: 'You',
    icon: (size) => <KeyRound size={size} />,
  },
  {
    id: 'appearance',
    title: 'Appearance',
    text: 'theme dark light',
    of: 'You',
    icon: (size) => <SunMoon size={size} />,
  },
  {
    id: 'terminals',
    title: 'Terminals',
    text: 'font text size cursor blink clipboard osc 52',
    of: 'You',
    icon: (size) => <SquareTerminal size={size} />,
  },
  {
    id: 'organisation',
    title: 'General',
    text: 'organisation rename leave',
    of: 'Organisation',
    icon: (size) => <Building size={size} />,
  },
  {
    id: 'members',
    title: 'Members and invites',
    text: 'people roles invite link',
    of: 'Organisation',
    icon: (size) => <Users size={size} />,
  },
  {
    id: 'repositories',
    title: 'Repositories',
    text: 'git credentials token deploy key',
    of: 'Organisation',
    icon: (size) => <FolderGit2 size={size} />,
  },
  {
    id: 'hosts',
    title: 'SSH hosts',
    text: 'machines keys fingerprint',
    of: 'Organisation',
    icon: (size) => <Server size={size} />,
  },
  {
    id: 'agents',
    title: 'Agents and secrets',
    text: 'acp claude codex gemini api key anthropic openai model',
    of: 'Organisation',
    icon: (size) => <Bot size={size} />,
  },
  {
    id: 'usage',
    title: 'Usage and speed',
    text: 'tokens cost requests models limit metrics latency first word warm',
    of: 'Organisation',
    icon: (size) => <ChartColumn size={size} />,
  },
];
