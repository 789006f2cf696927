package moveit

// The pages beside the firewall topic, and the advisories.
const (
	pageMobile    = "https://docs.ipswitch.com/MOVEit/Transfer2020/Help/Admin/en/31180.htm"
	pageScanning  = "https://docs.progress.com/bundle/moveit-transfer-web-admin-help-2022/page/System-Content-Scanning.html"
	pageMail      = "https://docs.progress.com/bundle/moveit-transfer-web-admin-help-2025/page/Email-Tab.html"
	pageTokens    = "https://docs.progress.com/bundle/moveit-transfer-web-admin-help-2026/page/Configure-Security-Tokens-for-External-Applications.html"
	pageFarm      = "https://docs.progress.com/bundle/moveit-transfer-web-admin-help-2022/page/Web-Farms_2.html"
	pageFarmOld   = "https://docs.ipswitch.com/MOVEit/Transfer2019/Help/Admin/en/23881.htm"
	pageFTP       = "https://docs.ipswitch.com/MOVEit/Transfer2018SP2/Help/Admin/en/34213.htm"
	pageFTPCerts  = "https://docs.ipswitch.com/MOVEit/Transfer2018SP2/Help/Admin/en/23804.htm"
	pageRADIUS    = "https://docs.ipswitch.com/MOVEit/Transfer2018SP2/Help/Admin/en/33261.htm"
	pageSyslog    = "https://docs.ipswitch.com/MOVEit/Transfer2020/Help/Admin/de/31496.htm"
	pageConsole   = "https://docs.ipswitch.com/MOVEit/Central91/Help/AdminConsole/en/27430.htm"
	pageFailover  = "https://docs.progress.com/bundle/moveit-automation-web-admin-help-2023/page/Assumptions-and-Requirements.html"
	pageGateway   = "https://docs.ipswitch.com/MOVEit/Gateway10/Help/31565.htm"
	pageAccess    = "https://docs.progress.com/bundle/moveit-transfer-web-admin-help-2024/page/Security-Policies-Remote-Access.html"
	page2021      = "https://docs.ipswitch.com/MOVEit/Transfer2021/Help/Admin/en/31180.htm"
	advisory2023  = "https://community.progress.com/s/article/MOVEit-Transfer-Critical-Vulnerability-31May2023"
	advisory2024  = "https://fieldeffect.com/blog/threat-actors-quickly-target-new-flaw-in-moveit-transfer"
	advisoryCISA  = "https://www.cisa.gov/news-events/cybersecurity-advisories/aa23-158a"
	pageAutomated = "https://docs.ipswitch.com/MOVEit/Automation2020/Help/Admin/en/27241.htm"
)

// elsewhere are the statements of other pages and of advisories.
var elsewhere = []Requirement{
	{"R-50", "Mobile", Fact, Inbound, "tcp", "443", "The mobile client of 2020 and later uses HTTPS on port 443.", pageMobile, OtherPage},
	{"R-51", "Content Scanning", Required, Outbound, "tcp", "1344", "Content scanning sends files to an ICAP server, in the example on port 1344.", pageScanning, OtherPage},
	{"R-52", "SMTP", Fact, Outbound, "tcp", "", "Later versions let the mail port be set.", pageMail, OtherPage},
	{"R-53", "Identity Providers", Required, Outbound, "tcp", "443", "MOVEit contacts the addresses of identity providers over HTTPS.", pageTokens, OtherPage},
	{"R-54", "Web Farms", Recommended, NoDirection, "", "", "Database and file server should be separate machines, best on a network of their own behind a firewall.", pageFarm, OtherPage},
	{"R-55", "Web Farms", Fact, Inbound, "", "", "The load balancer is the one point of access to a farm from outside.", pageFarm, OtherPage},
	{"R-56", "Web Farms", Warning, Both, "tcp", "445,1433", "A node that loses its database or file store stops its services.", pageFarmOld, OtherPage},
	{"R-57", "FTP Configuration", Fact, Inbound, "tcp", "", "Rules for address translation give the external address that passive clients are told.", pageFTP, OtherPage},
	{"R-58", "FTP Configuration", Fact, Inbound, "tcp", "", "A control port set to 0 is disabled, and its opening has to go.", pageFTP, OtherPage},
	{"R-59", "FTP Certificates", Fact, Inbound, "tcp", "", "On the control ports for client certificates a certificate is always needed.", pageFTPCerts, OtherPage},
	{"R-60", "Authentication", Fact, Outbound, "", "", "RADIUS and LDAP sources have a primary server and may have a backup.", pageRADIUS, OtherPage},
	{"R-61", "SysLog", Fact, Outbound, "udp", "514", "The syslog port is usually 514 and can be set.", pageSyslog, OtherPage},
	{"R-62", "MOVEit Automation", Fact, NoDirection, "tcp", "3471-3473", "The administrator's console reaches MOVEit Automation on ports 3471 to 3473.", pageConsole, OtherPage},
	{"R-63", "MOVEit Automation", Fact, NoDirection, "tcp", "139,445,3471-3473", "The nodes of an Automation pair need SMB and ports 3471 to 3473 between them.", pageFailover, OtherPage},
	{"R-64", "MOVEit Gateway", Fact, Inbound, "", "", "With a MOVEit Gateway, only the Gateway needs to reach MOVEit Transfer.", pageGateway, OtherPage},
	{"R-65", "Remote Access", Fact, Inbound, "", "", "By default administrators sign on at the console only; that is no firewall rule.", pageAccess, OtherPage},
	{"R-66", "Firewall Configuration", Recommended, NoDirection, "", "", "Compare open ports with those that are configured, and check with a scanner.", page2021, OtherPage},
	{"R-67", "MOVEit Automation", Fact, NoDirection, "tcp", "", "MOVEit Automation itself connects to many kinds of hosts, on their usual ports.", pageAutomated, OtherPage},
	{"R-70", "Advisory of 2023", Required, Inbound, "tcp", "80,443", "Until the server is patched, deny HTTP and HTTPS to it.", advisory2023, Advisory},
	{"R-71", "Advisory of 2024", Prohibited, Inbound, "tcp", "3389", "Verify that Remote Desktop cannot be reached from the Internet.", advisory2024, Advisory},
	{"R-72", "Advisory of 2024", Required, Outbound, "", "", "Limit outbound access to known, trusted endpoints.", advisory2024, Advisory},
	{"R-73", "Advisory of 2023", Recommended, NoDirection, "", "", "Monitor network ports, protocols and services.", advisoryCISA, Advisory},
}
