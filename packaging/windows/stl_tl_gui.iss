; An installer for one user, without an administrator: iscc /DVersion=0.1.0 /DSource=..\..\build\dist\stl-tl-gui stl_tl_gui.iss
; Built by .github/workflows/release.yml, where Inno Setup 6 is at hand.
#define Title "STL Transfer Lab"

[Setup]
AppId={{6C1E7F6B-8A0B-4D0C-9C9B-7A1B7B6E2D51}
AppName={#Title}
AppVersion={#Version}
DefaultDirName={autopf}\{#Title}
DefaultGroupName={#Title}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
ChangesAssociations=yes
LicenseFile={#Source}\LICENSE.txt
OutputDir={#Output}
OutputBaseFilename=stl-tl-gui-{#Version}-windows-x86_64-setup
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
UninstallDisplayIcon={app}\{#Title}.exe

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: association; Description: "Open trained models (.pt, .pth) with {#Title}"

[Files]
Source: "{#Source}\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{autoprograms}\{#Title}"; Filename: "{app}\{#Title}.exe"
Name: "{autodesktop}\{#Title}"; Filename: "{app}\{#Title}.exe"; Tasks: desktopicon

[Registry]
Root: HKA; Subkey: "Software\Classes\StlTransferLab.Model"; ValueType: string; ValueData: "Trained model"; Flags: uninsdeletekey; Tasks: association
Root: HKA; Subkey: "Software\Classes\StlTransferLab.Model\DefaultIcon"; ValueType: string; ValueData: "{app}\{#Title}.exe,0"; Tasks: association
Root: HKA; Subkey: "Software\Classes\StlTransferLab.Model\shell\open\command"; ValueType: string; ValueData: """{app}\{#Title}.exe"" ""%1"""; Tasks: association
Root: HKA; Subkey: "Software\Classes\.pt\OpenWithProgids"; ValueType: string; ValueName: "StlTransferLab.Model"; Flags: uninsdeletevalue; Tasks: association
Root: HKA; Subkey: "Software\Classes\.pth\OpenWithProgids"; ValueType: string; ValueName: "StlTransferLab.Model"; Flags: uninsdeletevalue; Tasks: association

[Run]
Filename: "{app}\{#Title}.exe"; Description: "{cm:LaunchProgram,{#Title}}"; Flags: postinstall nowait skipifsilent
