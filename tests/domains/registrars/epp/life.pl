# A name's life as Net::EPP::Simple leads it: each step prints its name and what came of it.
use strict;
use warnings;
use Net::EPP::Simple;

my ($port, $authority, $cert, $key, $user, $pass, $other, $code) = @ARGV;
my $epp = Net::EPP::Simple->new(
    host => 'localhost', port => $port, user => $user, pass => $pass, timeout => 10, reconnect => 0,
    verify => 1, ca_file => $authority, cert => $cert, key => $key,
) or die "$Net::EPP::Simple::Code $Net::EPP::Simple::Error\n";

sub step {
    my ($name, $result) = @_;
    print "$name=", (defined $result ? $result : "$Net::EPP::Simple::Code $Net::EPP::Simple::Error"), "\n";
}

step('free', $epp->check_domain('perl.test'));
step('contact', $epp->create_contact({
    id => 'PERL-1', voice => '+49.30123456', email => 'ann@example.com', authInfo => 'C0ntact-code',
    postalInfo => { int => {
        name => 'Ann Doe', org => 'Doe Ltd', addr => { street => ['Way 1'], city => 'Bonn', pc => '53111', cc => 'DE' },
    } },
}));
step('host1', $epp->create_host({ name => 'ns1.elsewhere.example', addrs => [] }));
step('host2', $epp->create_host({ name => 'ns2.elsewhere.example', addrs => [] }));
step('create', $epp->create_domain({
    name => 'perl.test', period => 2, registrant => 'PERL-1', authInfo => 'D0main-code',
    contacts => { admin => 'PERL-1', tech => 'PERL-1', billing => 'PERL-1' }, ns => ['ns1.elsewhere.example'],
}));
step('taken', $epp->check_domain('perl.test'));
my $info = $epp->domain_info('perl.test');
step('code', $info->{authInfo});
step('holder', $info->{registrant});
step('renew', $epp->renew_domain({ name => 'perl.test', cur_exp_date => substr($info->{exDate}, 0, 10), period => 1 }));
step('renewed', substr($epp->domain_info('perl.test')->{exDate}, 0, 4) - substr($info->{exDate}, 0, 4));
step('again', $epp->renew_domain({ name => 'perl.test', cur_exp_date => substr($info->{exDate}, 0, 10), period => 1 }));
step('update', $epp->update_domain({
    name => 'perl.test',
    add => { ns => ['ns2.elsewhere.example'], status => ['clientTransferProhibited'] },
    rem => { ns => ['ns1.elsewhere.example'] },
    chg => { authInfo => 'An0ther-code' },
}));
$info = $epp->domain_info('perl.test');
step('hosts', join(',', @{$info->{ns}}));
step('statuses', join(',', @{$info->{status}}));
step('wrong', $epp->domain_transfer_request($other, 'wrong-code', 1) ? 'asked' : undef);
step('transfer', $epp->domain_transfer_request($other, $code, 1) ? 'asked' : undef);
step('query', $epp->domain_transfer_query($other)->{trStatus});
step('cancel', $epp->domain_transfer_cancel($other) ? 'cancelled' : undef);
step('delete', $epp->delete_domain('perl.test'));
step('gone', $epp->check_domain('perl.test'));
step('logout', $epp->logout ? 'yes' : undef);
